/** Where data breaks the contract, and how. */
export interface Breach {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** Who somebody is, as others are told. */
export interface Identity {
  readonly session: string;
  readonly subject?: string;
  readonly role?: string;
}

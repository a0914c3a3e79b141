/** Who somebody is on a presence channel, as their back end has signed it. */
export interface PresenceMember {
  readonly userId: string;
  /** JSON text; undefined where the back end said nothing of them. */
  readonly userInfo?: string | undefined;
}

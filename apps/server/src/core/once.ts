/** Uses ids up: each may be used once, whatever node it is used on. */
export interface Once {
  /**
   * @param made when the id was made, and until when it may be used (`expires`), in ms since 1970
   * @throws Refusal `unauthenticated` where it was used, or may have been; `unavailable` where that is not known now
   */
  useUp(id: string, made: number, expires: number): void | Promise<void>;
}

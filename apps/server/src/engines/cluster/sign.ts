/** What nodes say for the roster's sake. */
export interface Sign {
  /** `here`: it lives. `anew`: something was lost between us, let us begin anew. `bye`: it ends. */
  readonly sign: "here" | "anew" | "bye";
  /** How many texts it has sent to each node alone. */
  readonly sent: Readonly<Record<string, number>>;
  /** The nodes that it has told something since it found them. */
  readonly told: readonly string[];
}

/** Where they say it. */
export const signs = "sign";

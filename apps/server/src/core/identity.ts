/** Who somebody is, as others are told. */
export interface Identity {
  readonly session: string;
  readonly subject?: string;
  readonly role?: string;
}

/** How a session is told of to others. */
export function identityOf(who: {
  readonly id: string;
  readonly subject: string | undefined;
  readonly role: string | undefined;
}): Identity {
  const { id: session, subject, role } = who;
  return { session, ...(subject !== undefined && { subject }), ...(role !== undefined && { role }) };
}

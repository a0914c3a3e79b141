/** A failure that needs no stack: its message says what went wrong, and what to do about it if that is known. */
export class Failure extends Error {}

/** The longest that a timer is set for, in ms: one that is set for 2^31 or more goes off at once. */
export const longestMs = 2 ** 30;

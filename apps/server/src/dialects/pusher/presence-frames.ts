import type { Change } from "../../core/attendance.ts";
import { systemFrame } from "./frames.ts";
import type { PresenceMember } from "./presence-member.ts";

const framesOf = new WeakMap<Change<PresenceMember>, readonly string[]>();

/** What a channel's members are told of a change: encoded once for all of them. */
export function changeFrames(channel: string, change: Change<PresenceMember>): readonly string[] {
  const known = framesOf.get(change);
  if (known !== undefined) return known;
  const { joined, left } = change;
  const frames = [
    ...left.map(({ userId }) => systemFrame("pusher_internal:member_removed", { user_id: userId }, channel)),
    ...joined.map((member) => systemFrame("pusher_internal:member_added", spelled(member), channel)),
  ];
  framesOf.set(change, frames);
  return frames;
}

/** What whoever joins is told of the users on a presence channel. */
export function presenceOf(users: readonly PresenceMember[]) {
  const hash = Object.fromEntries(users.map(({ userId, userInfo }) => [userId, infoOf(userInfo)]));
  return { presence: { count: users.length, ids: users.map(({ userId }) => userId), hash } };
}

function spelled({ userId, userInfo }: PresenceMember) {
  return { user_id: userId, ...(userInfo !== undefined && { user_info: infoOf(userInfo) }) };
}

function infoOf(userInfo: string | undefined): unknown {
  return userInfo === undefined ? null : JSON.parse(userInfo);
}

// Who is at work here and what they may do. The server decides; this only hides what it would refuse.

let user = null;

/** The person logged in, null before. */
export function me() {
  return user;
}

/** Remembers who logged in. */
export function setMe(next) {
  user = next;
}

/** Whether the person has a permission. */
export function may(permission) {
  return !permission || Boolean(user?.permissions?.includes(permission));
}

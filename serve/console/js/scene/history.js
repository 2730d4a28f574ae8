// What was drawn, step by step, so that each step can be taken back and made again.

const MOST = 200;

/** Holds one value; set(next) is a step, or part of the last one where `same` names it again. */
export function history(first, changed) {
  let past = [];
  let future = [];
  let value = first;
  let last = null;
  const tell = () => changed(value);
  return {
    get: () => value,
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    /** A key held down or a handle dragged is one step: it has one name. */
    set(next, same = null) {
      if (same === null || same !== last) past = [...past, value].slice(-MOST);
      last = same;
      future = [];
      value = next;
      tell();
    },
    /** The next set() is a step of its own. */
    rest() { last = null; },
    undo() {
      if (!past.length) return;
      future = [value, ...future];
      value = past.at(-1);
      past = past.slice(0, -1);
      last = null;
      tell();
    },
    redo() {
      if (!future.length) return;
      past = [...past, value];
      [value, ...future] = future;
      last = null;
      tell();
    },
    /** Begins anew: nothing can be taken back. */
    reset(next) {
      [past, future, value, last] = [[], [], next, null];
      tell();
    },
  };
}

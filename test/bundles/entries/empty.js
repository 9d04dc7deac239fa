// What a bundle has before anything of ours is in it.
globalThis.bundled = {};

// Components are written with runes, and TypeScript in them is stripped by Svelte itself.

export default {
  compilerOptions: { runes: true },
};

import manifest from "../../package.json" with { type: "json" };

export const version: string = manifest.version;

/** The commit that an executable was built from (see compile.sh); undefined when run from source. */
// deno-lint-ignore no-process-global -- `bun build --define` replaces the global's spelling, not an import's
export const commit: string | undefined = process.env.LONGNECK_COMMIT;

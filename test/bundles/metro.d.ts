// What is used of Metro, which has a lock file of its own here.
declare module "metro" {
  export function runBuild(config: object, options: object): Promise<unknown>;
}

declare module "metro-config" {
  export function getDefaultConfig(folder: string): Promise<object>;
  export function mergeConfig(config: object, changes: object): object;
}

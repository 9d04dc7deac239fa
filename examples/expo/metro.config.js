// @contact-sync/client is a link into this repository, so Metro has to watch the package and what it
// imports. An app that has it from npm needs no file like this one.
import { join } from "node:path";
import { getDefaultConfig } from "expo/metro-config.js";

const folder = import.meta.dirname;
const config = getDefaultConfig(folder);
config.watchFolders = [join(folder, "../../client"), join(folder, "../../node_modules")];

export default config;

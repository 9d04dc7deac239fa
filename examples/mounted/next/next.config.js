/** It reads files of its own, which a bundle lacks. */
export default { serverExternalPackages: ["contact-sync"] };

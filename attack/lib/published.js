// What was published of others, to set ours beside.

/** Numbers that could be probed on WhatsApp in an hour: "over a hundred million". */
const WHATSAPP_AN_HOUR = 100_000_000;

export const PUBLISHED = {
  whatsApp: {
    name: "WhatsApp, 2025: over 100 million numbers an hour, 3.5 billion accounts found",
    source: "https://arxiv.org/abs/2511.20252",
    aDay: WHATSAPP_AN_HOUR * 24,
  },
  signal: {
    name: "Signal, 2020: 505 million numbers by 100 accounts in 25 days",
    source: "Hagen et al., NDSS 2021, https://contact-discovery.github.io",
    aDayAndAccount: 505_000_000 / 100 / 25,
  },
};

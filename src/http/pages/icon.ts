/** Ours, where a browser shows one. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6b54"/><circle cx="12" cy="12" r="4.5" fill="#fff"/><circle cx="21.5" cy="13.5" r="3.5" fill="#a9dcc9"/><path d="M4 25c0-4.6 3.4-7.5 8-7.5s8 2.9 8 7.5z" fill="#fff"/><path d="M21 25h7c0-4-2.5-6.5-6.5-6.5-1 0-1.8.15-2.5.4 1.3 1.6 2 3.7 2 6.1z" fill="#a9dcc9"/></svg>`;

export const ICON_ADDRESS = `data:image/svg+xml,${encodeURIComponent(ICON)}`;

// How a page knows that the desktop shell shows it: by its host's name, which no network has (RFC 2606 keeps `.invalid`
// free). The browser mode is only ever reached by a loopback address.

/** The host in the address of the shell's page, `berth-app://berth.invalid/`. */
export const shellHostname = 'berth.invalid';

/** The cookie that names the wallet that signed out of a page whose script had not come, and so forgot nothing there. */
export const signedOutCookie = 'signed-out';

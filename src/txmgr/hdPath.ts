/** The path of the first account of a mnemonic. */
export const defaultHdPath = "m/44'/60'/0'/0/0"

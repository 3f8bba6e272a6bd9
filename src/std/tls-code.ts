// Whether it is TLS that failed, by the code of Node.js's or OpenSSL's error.

export function isTlsCode(code: string | undefined): boolean {
  return TLS_CODES.test(code ?? '')
}

const TLS_CODES = /CERT|SIGNATURE|^CRL_|^ERR_(TLS|SSL|OSSL|CRYPTO)|^EPROTO$|VERIFY/

/** The result of one JSON-RPC call. @throws {Error} with the message that was answered instead. */
export async function rpcCall(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as {
    result: unknown
    error?: { message: string }
  }
  if (error !== undefined) throw new Error(error.message)
  return result
}

// Where webhooks are received: what an address that is handed to Plaid ends with.
export const webhookPath = '/webhooks/plaid'

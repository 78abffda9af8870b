import { m } from '#lib/paraglide/messages.js';

/** The sentence for each code that a contract, a service or a wallet refuses with. */
const sentences: Readonly<Record<string, () => string>> = {
	refused: m.error_refused,
	'already-asked': m.error_already_asked,
	'no-wallet': m.error_no_wallet,
	'other-account': m.error_other_account,
	'no-gas-money': m.error_no_gas_money,
	'not-enough-token': m.error_not_enough_token,
	'chain-unreachable': m.error_chain_unreachable,
	'node-unreachable': m.error_node_unreachable,
	reverted: m.error_reverted,
	'unknown-chain': m.error_unknown_chain,
	// The escrow's errors
	'wrong-status': m.error_wrong_status,
	'not-party': m.error_not_party,
	'too-early': m.error_too_early,
	'too-late': m.error_too_late,
	'order-exists': m.error_order_exists,
	'invalid-seller': m.error_invalid_seller,
	'invalid-window': m.error_invalid_window,
	'amount-out-of-range': m.error_amount_out_of_range,
	'token-not-listed': m.error_token_not_listed,
	'unknown-token': m.error_token_not_listed,
	'new-orders-paused': m.error_new_orders_paused,
	'inexact-transfer': m.error_inexact_transfer,
	'invalid-extension': m.error_invalid_extension,
	'invalid-nonce': m.error_invalid_nonce,
	'invalid-signature': m.error_invalid_signature,
	'too-little-gas': m.error_too_little_gas,
	'nothing-to-withdraw': m.error_nothing_to_withdraw,
	// The node's
	'not-found': m.error_not_found,
	'not-a-party': m.error_not_a_party,
	'chain-unavailable': m.error_chain_unavailable,
	'invalid-amount': m.error_invalid_amount,
	'not-signed-in': m.error_not_signed_in,
	expired: m.error_expired,
	'wrong-nonce': m.error_wrong_nonce,
	'wrong-domain': m.error_wrong_domain,
	'too-many-requests': m.error_limited,
	'invalid-input': m.error_invalid_input,
	'invalid-siwe-message': m.error_invalid_siwe_message,
	'wrong-product-status': m.error_wrong_product_status,
	'not-for-sale': m.error_not_for_sale,
	'sold-out': m.error_sold_out,
	'too-many-drafts': m.error_too_many_drafts,
	'offer-refused': m.error_offer_refused,
	'not-a-demo': m.error_not_a_demo,
	'not-the-sender': m.error_not_the_sender,
	'not-an-order-call': m.error_not_an_order_call,
	// Of keys and what is encrypted with them
	malformed: m.error_malformed,
	unreadable: m.error_unreadable,
	'bad-signature': m.error_bad_signature,
	'key-refused': m.error_key_refused,
	'key-refused/unconfirmed': m.error_key_unconfirmed,
	'key-log-broken': m.error_key_log_broken,
	'safety-number-differs': m.error_safety_number_differs,
	'recovery-code-wrong': m.error_recovery_code_wrong,
	'recovery-code-wrong/count': m.error_recovery_count,
	'recovery-code-wrong/unknown-word': m.error_recovery_unknown_word,
	'recovery-code-wrong/not-as-shown': m.error_recovery_not_as_shown,
	'recovery-code-wrong/other-vault': m.error_recovery_other_vault,
	'vault-refused/no-wrap': m.error_vault_no_wrap,
	'vault-refused/rolled-back': m.error_vault_rolled_back,
	'out-of-step': m.error_out_of_step,
	'transfer-refused/expired': m.error_transfer_expired,
	'transfer-refused/other-wallet': m.error_transfer_other_wallet,
	'transfer-refused/other-transfer': m.error_malformed,
	'transfer-out-of-step': m.error_transfer_out_of_step,
	'passkey-without-secret': m.error_passkey_without_secret,
	'passkey-refused': m.error_passkey_refused,
	'passkey-known': m.error_passkey_known,
	'passkey-unavailable': m.error_passkey_unavailable,
	'keys-exist': m.error_keys_exist,
	'keys-locked': m.error_keys_locked,
	// Of conversations
	'keys-changed': m.error_keys_changed,
	'not-next': m.error_not_next,
	'key-not-shared': m.error_key_not_shared,
	'key-set-taken': m.error_key_set_taken,
	'not-erasable': m.error_not_erasable,
	'message-refused': m.error_message_refused,
	'key-set-refused': m.error_key_set_refused,
	'parties-differ': m.error_parties_differ,
	'readers-unconfirmed': m.error_readers_disagree,
	'readers-unconfirmed/one-source': m.error_readers_one_source
};

/**
 * What a refusal means and what to do next, as one or two sentences.
 * @param code a stable code of the node (`not-found`) or the name of a contract's error (`WrongStatus`); with its reason
 * behind a slash where it has one
 */
export function explain(code: string): string {
	const key = code.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
	return (sentences[key] ?? sentences[key.split('/')[0] ?? ''] ?? m.error_unknown)();
}

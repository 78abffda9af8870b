import type { Connection } from 'mongoose';
import { auditLogModel } from '#lib/server/db/models/audit-log.ts';
import { avatarModel } from '#lib/server/db/models/avatar.ts';
import { arbitratorModel } from '#lib/server/db/models/arbitrator.ts';
import { caseModel } from '#lib/server/db/models/case.ts';
import { caseNotesModel } from '#lib/server/db/models/case-notes.ts';
import { blockModel } from '#lib/server/db/models/block.ts';
import { contactChannelsModel } from '#lib/server/db/models/contact-channels.ts';
import { conversationModel } from '#lib/server/db/models/conversation.ts';
import { listedModel } from '#lib/server/db/models/listed.ts';
import { messageModel } from '#lib/server/db/models/message.ts';
import { orderKeyModel } from '#lib/server/db/models/order-key.ts';
import { chainCursorModel } from '#lib/server/db/models/chain-cursor.ts';
import { chainEventModel } from '#lib/server/db/models/chain-event.ts';
import { keeperTransactionModel } from '#lib/server/db/models/keeper-transaction.ts';
import { keyLogModel } from '#lib/server/db/models/key-log.ts';
import { evidenceModel } from '#lib/server/db/models/evidence.ts';
import { fileModel } from '#lib/server/db/models/file.ts';
import { fileUsageModel } from '#lib/server/db/models/file-usage.ts';
import { followModel } from '#lib/server/db/models/follow.ts';
import { goodsModel } from '#lib/server/db/models/goods.ts';
import { licenceModel } from '#lib/server/db/models/licence.ts';
import { noticeDeliveryModel } from '#lib/server/db/models/notice-delivery.ts';
import { notificationModel } from '#lib/server/db/models/notification.ts';
import { nonceModel } from '#lib/server/db/models/nonce.ts';
import { offerModel } from '#lib/server/db/models/offer.ts';
import { orderModel } from '#lib/server/db/models/order.ts';
import { outboxModel } from '#lib/server/db/models/outbox.ts';
import { payoutModel } from '#lib/server/db/models/payout.ts';
import { pendingActionModel } from '#lib/server/db/models/pending-action.ts';
import { productModel } from '#lib/server/db/models/product.ts';
import { pushSubscriptionModel } from '#lib/server/db/models/push-subscription.ts';
import { rateLimitModel } from '#lib/server/db/models/rate-limit.ts';
import { reportModel } from '#lib/server/db/models/report.ts';
import { reservationModel } from '#lib/server/db/models/reservation.ts';
import { reviewModel } from '#lib/server/db/models/review.ts';
import { savedSearchModel } from '#lib/server/db/models/saved-search.ts';
import { sessionModel } from '#lib/server/db/models/session.ts';
import { switchModel } from '#lib/server/db/models/switch.ts';
import { transactionMarkerModel } from '#lib/server/db/models/transaction-marker.ts';
import { transferModel } from '#lib/server/db/models/transfer.ts';
import { userModel } from '#lib/server/db/models/user.ts';
import { vaultModel } from '#lib/server/db/models/vault.ts';

/**
 * Registers every model on the connection, once a connection: a collection that is not in this list does not exist.
 * The keys are the collections' names.
 */
export function registerModels(connection: Connection) {
	return {
		auditLog: auditLogModel(connection),
		avatars: avatarModel(connection),
		arbitrators: arbitratorModel(connection),
		blocks: blockModel(connection),
		cases: caseModel(connection),
		caseNotes: caseNotesModel(connection),
		chainCursors: chainCursorModel(connection),
		chainEvents: chainEventModel(connection),
		contactChannels: contactChannelsModel(connection),
		conversations: conversationModel(connection),
		keeperTransactions: keeperTransactionModel(connection),
		keyLog: keyLogModel(connection),
		evidence: evidenceModel(connection),
		files: fileModel(connection),
		fileUsage: fileUsageModel(connection),
		follows: followModel(connection),
		goods: goodsModel(connection),
		licences: licenceModel(connection),
		listed: listedModel(connection),
		messages: messageModel(connection),
		noticeDeliveries: noticeDeliveryModel(connection),
		notifications: notificationModel(connection),
		nonces: nonceModel(connection),
		offers: offerModel(connection),
		orderKeys: orderKeyModel(connection),
		orders: orderModel(connection),
		outbox: outboxModel(connection),
		payouts: payoutModel(connection),
		pendingActions: pendingActionModel(connection),
		products: productModel(connection),
		pushSubscriptions: pushSubscriptionModel(connection),
		rateLimits: rateLimitModel(connection),
		reports: reportModel(connection),
		reservations: reservationModel(connection),
		reviews: reviewModel(connection),
		savedSearches: savedSearchModel(connection),
		sessions: sessionModel(connection),
		switches: switchModel(connection),
		transactionMarkers: transactionMarkerModel(connection),
		transfers: transferModel(connection),
		users: userModel(connection),
		vaults: vaultModel(connection)
	};
}

export type Models = ReturnType<typeof registerModels>;

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/event/event.hpp"
#include "agent/event/record.hpp"

/// One function a type that a feed may send: each marks whatever in the record is not as agent/event/README.md
/// describes it. Identity, time, mode and corrections are Intake's. Which type has which: event_types.cpp.
namespace tillpost {

// transaction_rules.cpp
void mark_sale(const Record& record, Quality& quality);
void mark_return(const Record& record, Quality& quality);

// till_rules.cpp
void mark_cash_movement(const Record& record, Quality& quality);
void mark_control(const Record& record, Quality& quality);
void mark_no_sale(const Record& record, Quality& quality);
void mark_other(const Record& record, Quality& quality);
void mark_void(const Record& record, Quality& quality);

// settlement_rules.cpp
void mark_payment_batch(const Record& record, Quality& quality);
void mark_till_close(const Record& record, Quality& quality);
void mark_till_open(const Record& record, Quality& quality);

// stock_rules.cpp
void mark_handover(const Record& record, Quality& quality);
void mark_pick(const Record& record, Quality& quality);
void mark_receiving(const Record& record, Quality& quality);
void mark_replenishment_request(const Record& record, Quality& quality);
void mark_transfer_in(const Record& record, Quality& quality);
void mark_transfer_out(const Record& record, Quality& quality);
void mark_vendor_return(const Record& record, Quality& quality);

// shelf_rules.cpp
void mark_adjustment(const Record& record, Quality& quality);
void mark_markdown(const Record& record, Quality& quality);
void mark_price_change(const Record& record, Quality& quality);
void mark_stock_count(const Record& record, Quality& quality);

// device_rules.cpp
void mark_scan(const Record& record, Quality& quality);
void mark_weight(const Record& record, Quality& quality);

}  // namespace tillpost

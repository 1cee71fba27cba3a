/* SPDX-License-Identifier: Apache-2.0
 *
 * The wire's state machine: an agent, a line that loses, repeats and reorders, and central. See README.md.
 *
 * A chain hash is modelled exactly: the contents 1..7 of an epoch's events as octal digits, so chain(n) >> 3 is
 * chain(n-1), equal chains mean equal histories, and a line needs nothing but its epoch and its chain.
 * Time is abstracted away: whatever a timer would start may happen at any moment. Absence of central, of the line or
 * of the agent is that nothing happens there for as long as it pleases.
 */

/* --- bounds (check.py sets them) ------------------------------------------------------------------------------ */
#ifndef EVENTS
#define EVENTS 3   /* contents accepted, at most 7 */
#endif
#ifndef EPOCHS
#define EPOCHS 2   /* at most 4 */
#endif
#ifndef UP
#define UP 2       /* messages on their way at once; one too many is lost */
#endif
#ifndef DOWN
#define DOWN 1
#endif
#ifndef FLOW
#define FLOW 2     /* [flow-1] */
#endif
#ifndef BAD
#define BAD 0      /* mask of contents that central rejects */
#endif
#if defined(BACKUP) && !defined(NO_RUN_NUMBER)
#define RUN_NUMBER /* a receipt says which run of central made it; matters only where central is restored */
#endif
#define ROWS 4     /* sequences of an epoch; a receipt has to fit an int */
#define FAIR_STEPS 60

#define LEN(c) ((c) == 0 -> 0 : ((c) < 8 -> 1 : ((c) < 64 -> 2 : ((c) < 512 -> 3 : 4))))
#define PREFIX(c, n) ((c) >> (3 * (LEN(c) - (n))))
#define CONTENT(c, n) (PREFIX(c, n) & 7)
#define BIT(n) (1 << ((n) - 1))
#define HAS(mask, n) (((mask) >> ((n) - 1)) & 1)
#define COUNT(m) (((m) & 1) + (((m) >> 1) & 1) + (((m) >> 2) & 1) + (((m) >> 3) & 1))
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define MIN(a, b) ((a) < (b) -> (a) : (b))

/* --- the agent's journal: durable ----------------------------------------------------------------------------- */
short chain[EPOCHS];     /* of the last event; 0: nothing */
byte confirmed[EPOCHS];
byte pruned[EPOCHS];     /* retention has deleted 1..pruned; their last hash is kept */
byte moved[EPOCHS];      /* closed epochs: reissued up to here */
byte live;
byte born;               /* highest epoch ever born: a random number in truth, never met again */
byte made;               /* contents accepted so far */
byte quarantine;         /* contents of rejected events, kept for people */

/* --- the agent's delivery: volatile --------------------------------------------------------------------------- */
#define DUE 0            /* a hello is due */
#define GREETING 1       /* said, unanswered */
#define FLOWING 2
#define ASKING 3         /* no progress: said, unanswered */
#define PROBING 4        /* answered without progress: one message may go */
#define PROBED 5         /* it went */
byte mode = DUE;
byte next = 1;
byte out;                /* sent and covered by neither `upto` nor `also` */
byte also;
byte wanted;             /* by `need`, to be sent before what is new */
#ifdef RUN_NUMBER
byte known_run;          /* of central, as the last receipt told it; 0: none since the start */
#endif

/* --- the line: sorted, 0 is an empty place -------------------------------------------------------------------- */
#define EVENT 1
#define HELLO 2
#define GONE 3
#define MESSAGE(kind, e, c) ((kind) << 14 | (e) << 12 | (c))
typedef UpLine { int at[UP] };      /* chain 12 bits, epoch 2, kind 2 */
typedef DownLine { int at[DOWN] };  /* upto's chain 12, also's end chain 12, its start - 1: 2, epoch 2, fork, after restore, 1 */

UpLine up;
DownLine down;

/* --- central -------------------------------------------------------------------------------------------------- */
typedef Ledger { short at[ROWS] };  /* committed: at[n-1] is chain(n), 0: not held */
Ledger ledger[EPOCHS];
byte gone[EPOCHS];       /* sequences known to be pruned at the agent */
bit forked[EPOCHS];
byte effect;             /* contents (digests) that had their effect, or are committed as rejected */
bit session;             /* volatile: the agent's last hello is known */

/* --- ghosts: what the properties speak of --------------------------------------------------------------------- */
bit imaged;              /* the agent was restored from an old image */
bit restored;            /* central was restored from a backup */
byte told;               /* epochs for which the agent has heard the restored central */
byte rolled_back;        /* contents that were committed, and are not any more */
byte lost_by_image;      /* contents that the old image lacks */
byte done;               /* effects that central's committed state has seen happen */
byte burst;              /* events sent since the last answered hello or progress */
bit over;
#ifdef RECEIPT_BEFORE_COMMIT
byte uncommitted;        /* epoch * ROWS + sequence of a line taken, receipted, not committed */
#endif

/* Scratch within one step, no part of the state. */
hidden byte n; hidden byte m; hidden byte i; hidden byte j; hidden byte c; hidden byte e; hidden byte u; hidden byte af;
hidden byte before; hidden byte before_also; hidden byte progress; hidden byte fits; hidden byte steps; hidden byte idle;
hidden short uc; hidden short ac; hidden short lc; hidden int msg; hidden int hold; hidden int taken;

#define LAST(e) LEN(chain[e])
#define PENDING(e) ((e) != live && moved[e] < LAST(e))

/* --- the line ------------------------------------------------------------------------------------------------- */
/* Sorted, because the order on the line means nothing; what finds no place is lost. */
inline put(line, size, message) {
    msg = message;
    i = 0;
    do
    :: i < size ->
        if
        :: line.at[i] == msg -> msg = 0
        :: line.at[i] < msg -> hold = line.at[i]; line.at[i] = msg; msg = hold
        :: else -> skip
        fi;
        i++
    :: else -> break
    od;
    skip
}

inline drop(line, size, place) {
    i = place;
    do
    :: i + 1 < size -> line.at[i] = line.at[i + 1]; i++
    :: else -> break
    od;
    line.at[size - 1] = 0
}

/* A receipt that does not quote the last hello frees nothing: it, an older hello on its way, and central's memory of
   one have no consequence any more but lost receipts, which the line does anyway. So they are forgotten here. */
inline outdate() {
#ifndef NO_HELLO_QUOTE
    session = 0;
    i = 0;
    do
    :: i < DOWN -> down.at[i] = 0; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < UP && (up.at[i] >> 14) == HELLO -> drop(up, UP, i); i = 0
    :: i < UP && (up.at[i] >> 14) != HELLO -> i++
    :: else -> break
    od;
#endif
    skip
}

/* --- central -------------------------------------------------------------------------------------------------- */
inline take_effect(content) {
    if
#ifndef NO_DIGEST_DEDUP
    :: HAS(effect, content) -> skip
#endif
    :: else ->
        assert(!HAS(done, content));                                   /* (b) nothing takes effect twice */
        effect = effect | BIT(content);
        done = done | BIT(content);
        rolled_back = rolled_back & ~BIT(content)
    fi
}

#ifdef GONE_STAYS_GONE
#define REFILLS false
#else
#define REFILLS (uc == lc && HAS(gone[e], n))
#endif
/* `lc` of epoch `e`: a line is taken if it fits both neighbours that are held. */
inline take_event() {
    n = LEN(lc);
    hold = (n == 1 -> 0 : ledger[e].at[n - 2]);
    uc = ledger[e].at[n - 1];
    ac = (n == ROWS -> 0 : ledger[e].at[n]);
    fits = uc == 0;
#ifndef CENTRAL_IGNORES_LINE_BEFORE
    fits = fits && (n == 1 || hold == 0 || hold == lc >> 3);
#endif
#ifndef CENTRAL_IGNORES_LINE_AFTER
    fits = fits && (ac == 0 || ac >> 3 == lc);
#endif
    if
    :: fits || REFILLS ->
        printf("central  commits %d.%d, content %d\n", e, n, lc & 7);
        ledger[e].at[n - 1] = lc;
        gone[e] = gone[e] & ~BIT(n);
#ifdef RECEIPT_BEFORE_COMMIT
        uncommitted = (HAS(effect, lc & 7) -> 0 : e * ROWS + n);
#endif
        take_effect(lc & 7)
    :: else ->
        printf("central  does not take %d.%d, content %d (repeat or misfit)\n", e, n, lc & 7);
#ifndef EVENTS_NEVER_FORK
        forked[e] = (uc != lc && (n == 1 || hold == lc >> 3) -> 1 : forked[e])  /* two histories go on from one line */
#endif
    fi
}

/* `lc` is chain(to) of the pruned range; what is held must belong to the same history. */
inline take_gone() {
    m = LEN(lc);
    printf("central  hears that %d.1..%d is gone\n", e, m);
    fits = (m == ROWS || ledger[e].at[m] == 0 || ledger[e].at[m] >> 3 == lc);
    n = 1;
    do
    :: n <= m -> fits = fits && (ledger[e].at[n - 1] == 0 || ledger[e].at[n - 1] == PREFIX(lc, n)); n++
    :: else -> break
    od;
#ifdef GONE_FITS_ANYTHING
    fits = 1;
#endif
    n = 1;
    do
    :: fits && n <= m ->
        if
        :: ledger[e].at[n - 1] == 0 -> ledger[e].at[n - 1] = PREFIX(lc, n); gone[e] = gone[e] | BIT(n)
        :: else -> skip
        fi;
        n++
    :: else -> break
    od;
#ifndef GONE_NEVER_FORKS
    forked[e] = (fits -> forked[e] : 1);                               /* two histories; what is gone cannot tell more */
#endif
    skip
}

inline central_takes(message) {
    e = ((message) >> 12) & 3;
    lc = (message) & 4095;
    if
    :: ((message) >> 14) == EVENT -> take_event()
    :: ((message) >> 14) == GONE -> take_gone()
    :: ((message) >> 14) == HELLO -> session = 1; printf("central  gets the hello\n")
    :: else -> skip
    fi
}

/* The list `rejected` has one place here, and `upto` ends before what it has no room for. What a `quarantined` event of
   the agent has named needs no place: that this event comes takes no time here. */
#ifdef REJECTED_NEVER_SETTLED
#define LISTED BAD
#else
#define LISTED (BAD & ~quarantine)
#endif
inline bound_by_rejected() {
#if BAD && !defined(REJECTED_LIST_FULL)
    m = 0;
    n = 1;
    do
    :: n <= LEN(uc) && m < 2 -> m = (HAS(LISTED, CONTENT(uc, n)) -> m + 1 : m); n++
    :: else -> break
    od;
    uc = (m == 2 -> PREFIX(uc, n - 2) : uc);
#endif
    skip
}

/* The receipt for epoch `e` into `hold`: `upto` with its hash, the lowest range above it with the hash of its end. */
inline make_receipt() {
    n = 0;
    uc = 0;
    do
    :: n < ROWS && ledger[e].at[n] != 0 -> uc = ledger[e].at[n]; n++
    :: else -> break
    od;
    do
    :: n < ROWS && ledger[e].at[n] == 0 -> n++
    :: else -> break
    od;
    af = (n < ROWS -> n : 0);
    ac = 0;
    do
    :: n < ROWS && ledger[e].at[n] != 0 -> ac = ledger[e].at[n]; n++
    :: else -> break
    od;
    bound_by_rejected();
    hold = uc | ac << 12 | af << 24 | e << 26 | forked[e] << 28 | restored << 29 | 1 << 30
}

/* --- the agent ------------------------------------------------------------------------------------------------ */
inline forget_sent() {
    out = 0;
    wanted = 0;
    next = MAX(confirmed[live], pruned[live]) + 1
}

/* Without it lines of the life before the old image may arrive after central's restore: README.md, "Gaps". */
inline old_lines_die() {
    i = 0;
    do
    :: i < UP && imaged && restored -> up.at[i] = 0; i++
    :: else -> break
    od;
    skip
}

inline restart() {
    outdate();
    mode = DUE;
#ifdef RUN_NUMBER
    known_run = 0;
#endif
    also = 0;
    forget_sent();
    burst = 0
}

inline say_hello() {
    outdate();
    mode = ((mode == DUE || mode == GREETING) -> GREETING : ASKING);
    wanted = 0;
    printf("agent    says hello\n");
    put(up, UP, MESSAGE(HELLO, 0, 1))
}

/* What is sent next into `n`, 0: nothing. */
inline pick() {
    n = 0;
    if
    :: wanted != 0 ->
        n = 1;
        do
        :: !HAS(wanted, n) -> n++
        :: else -> break
        od
    :: else ->
        n = next;
        do
        :: n <= LAST(live) && HAS(also, n) -> n++
        :: else -> break
        od;
        n = (n <= LAST(live) -> n : 0)
    fi
}

#ifdef NO_FLOW_LIMIT
#define ROOM true
#else
#define ROOM (COUNT(out) < FLOW)
#endif
#define MAY_SEND ((mode == FLOWING || mode == PROBING) && ROOM && (wanted != 0 || next <= LAST(live)))

inline send() {
    pick();
    if
    :: n != 0 ->
        out = out | BIT(n);
        burst++;
        assert(COUNT(out) <= FLOW);                                    /* (d) the flow limit */
        assert(mode != PROBING || burst <= 1);                         /* (d) one probe a step */
        if
        :: wanted != 0 -> wanted = wanted & ~BIT(n)
        :: else -> next = n + 1
        fi;
#ifndef NO_PROBE
        mode = (mode == PROBING -> PROBED : mode);
#endif
        printf("agent    sends %d.%d, content %d\n", live, n, CONTENT(chain[live], n));
        put(up, UP, MESSAGE(EVENT, live, PREFIX(chain[live], n)))
    :: else -> next = LAST(live) + 1
    fi
}

inline fork() {
#ifndef FORK_KEEPS_EPOCH
#ifndef FORK_TRUSTS_CONFIRMED
    confirmed[live] = pruned[live];
#endif
    moved[live] = MAX(confirmed[live], pruned[live]);
#ifdef FORK_DROPS_UNCONFIRMED
    moved[live] = LAST(live);
#endif
    assert(born + 1 < EPOCHS);                                         /* the bound, not a property */
    born++;
    printf("agent    forks: closes epoch %d at %d, opens %d\n", live, moved[live], born);
    live = born;
    restart();
#endif
    skip
}

inline reissue(from) {
    /* One event a transaction, in truth a slice; the closed epoch keeps its confirmed rows. */
    moved[from]++;
    printf("agent    reissues %d.%d, content %d\n", from, moved[from], CONTENT(chain[from], moved[from]));
    assert(LAST(live) < ROWS);                                         /* the bound, not a property */
    chain[live] = chain[live] << 3 | CONTENT(chain[from], moved[from]);
    if
    :: moved[from] == LAST(from) ->
        moved[from] = MAX(confirmed[from], pruned[from]);
        chain[from] = PREFIX(chain[from], moved[from])
    :: else -> skip
    fi
}

inline prune(from) {
    pruned[from]++;
    c = CONTENT(chain[from], pruned[from]);
    printf("agent    prunes %d.%d, content %d\n", from, pruned[from], c);
    assert(HAS(effect | rolled_back, c));                              /* (a) freed before central's commit */
    assert(!HAS(told, from + 1) || HAS(effect, c) || HAS(gone[from], pruned[from])); /* (a) freed though asked for again */
    assert(!HAS(BAD, c) || HAS(quarantine, c));                        /* (a) freed though rejected */
    moved[from] = (from == live -> 0 : MAX(moved[from], pruned[from]))
}

#ifdef ALSO_WITHOUT_HASH
#define IS_OURS(c) true
#else
#define IS_OURS(c) (PREFIX(chain[live], LEN(c)) == (c))
#endif
/* `also`, checked against our hashes, and what the gap below it says of `need`. */
inline take_also() {
    before_also = COUNT(also);
    also = 0;
    if
    :: af != 0 && LEN(ac) <= LAST(live) && IS_OURS(ac) ->
        n = af + 1;
        do
        :: n <= LEN(ac) -> also = also | BIT(n); n++
        :: else -> break
        od
#ifdef ALSO_FREES_ROWS
        ; confirmed[live] = MAX(confirmed[live], LEN(ac))
#endif
    :: else -> skip
    fi
}

/* What is merely on its way is named, too, and not sent again: then nothing sent after it is known to have arrived. */
inline take_need() {
    n = MAX(confirmed[live], pruned[live]) + 1;
    if
    :: af != 0 && n < next ->
        if
        :: skip
        :: do
           :: n <= af && n < next -> wanted = wanted | BIT(n); out = out & ~BIT(n); n++
           :: else -> break
           od
        fi
    :: else -> skip
    fi
}

/* Content that central rejects is kept aside in the transaction that confirms it. */
inline take_rejected() {
    before = quarantine;
    n = pruned[live] + 1;
    do
    :: n <= u ->
        c = CONTENT(chain[live], n);
#ifdef REJECTED_AFTER_CONFIRM
        quarantine = (HAS(BAD, c) && n <= confirmed[live] -> quarantine | BIT(c) : quarantine);
#else
        quarantine = (HAS(BAD, c) -> quarantine | BIT(c) : quarantine);
#endif
        n = (quarantine != before -> u : n);                           /* the list has one place */
        n++
    :: else -> break
    od;
    skip
}

inline confirm_live() {
    before = confirmed[live];
#ifdef UPTO_NEVER_LOWERS
    confirmed[live] = MAX(before, u);
#else
    confirmed[live] = u;
#endif
    take_also()
}

inline after_receipt() {
    progress = confirmed[live] > before || (confirmed[live] == before && COUNT(also) > before_also);
    burst = (progress || mode == GREETING || mode == ASKING -> 0 : burst);
    if
    :: mode == GREETING || mode == ASKING ->
        mode = ((mode == GREETING || progress) -> FLOWING : PROBING);
#ifndef ANSWER_UNSENDS_NOTHING
        forget_sent()
#endif
    :: else ->
#ifndef LOWERED_IS_NO_REASON
        mode = (confirmed[live] < before -> DUE : mode);
#endif
        mode = (progress -> FLOWING : mode)
    fi;
    out = out & ~(BIT(confirmed[live] + 1) - 1) & ~also;
    wanted = wanted & ~(BIT(confirmed[live] + 1) - 1) & ~also;
    next = MAX(next, confirmed[live] + 1);
    take_need()
}

inline receipt_for_live() {
    fits = u <= LAST(live) && (u < pruned[live] || PREFIX(chain[live], u) == uc);
#ifdef NO_HASH_CHECK
    fits = u <= LAST(live);
#endif
    if
#ifdef AHEAD_IS_NO_FORK
    :: u > LAST(live) -> skip
#endif
    :: !fits -> fork()
#ifndef FORK_IS_IGNORED
    :: fits && ((hold >> 28) & 1) ->
        take_rejected();
        fork()
#endif
    :: else ->
        take_rejected();
        confirm_live();
        after_receipt();
#ifndef NO_GONE
        if
        :: u < pruned[live] -> put(up, UP, MESSAGE(GONE, live, PREFIX(chain[live], pruned[live])))
        :: else -> skip
        fi
#endif
    fi
}

inline agent_hears(message) {
    hold = message;
    uc = hold & 4095;
    ac = (hold >> 12) & 4095;
    af = (hold >> 24) & 3;
    e = (hold >> 26) & 3;
    u = LEN(uc);
    printf("agent    hears of epoch %d: upto %d (chain 0%o), also %d..%d (chain 0%o), fork %d\n",
           e, u, uc, (af == 0 -> 0 : af + 1), LEN(ac), ac, (hold >> 28) & 1);
#ifdef RUN_NUMBER
    /* Another run of central than the last receipt's: which is the newer one only the answer to a new hello can say. */
    m = ((hold >> 29) & 1) + 1;
    fits = known_run == 0 || known_run == m;
#ifndef NEW_RUN_NEEDS_NO_HELLO
    fits = fits && mode != DUE;
#endif
    known_run = (fits -> m : 0);
    mode = (fits -> mode : DUE);
    e = (fits -> e : EPOCHS);
#endif
    told = (((hold >> 29) & 1) && e < EPOCHS -> told | BIT(e + 1) : told);
    if
    :: e == live -> receipt_for_live()
    :: else -> skip                                                    /* of a closed epoch: frees nothing, its events go again anyhow */
    fi
}

#ifdef PRUNES_WHAT_IS_OWED
#define IS_MOVED(e) true
#else
#define IS_MOVED(e) (!PENDING(e))
#endif

/* --- who may do what ------------------------------------------------------------------------------------------ */
active proctype agent() {
end:
    do
    :: d_step { !over && made < EVENTS && LAST(live) < ROWS ->
        made++;
        chain[live] = chain[live] << 3 | made;
        printf("agent    accepts content %d as %d.%d\n", made, live, LAST(live)) }
    :: d_step { !over && MAY_SEND -> send() }
    :: d_step { !over -> say_hello() }                                 /* due, without progress, or idle for long */
    :: d_step { !over && PENDING(0) -> reissue(0) }
#if EPOCHS > 2
    :: d_step { !over && PENDING(1) -> reissue(1) }
#endif
#ifdef PRUNE_ON_PUBACK
    :: d_step { !over && pruned[live] + 1 < next && pruned[live] < LAST(live) -> prune(live) }
#else
    :: d_step { !over && pruned[live] < confirmed[live] -> prune(live) }
#endif
    :: d_step { !over && live != 0 && pruned[0] < confirmed[0] && IS_MOVED(0) -> prune(0) }
    /* kill -9: the confirmed mark is written with the next commit, so an older one may come back */
    :: atomic { !over ->
        if
        :: confirmed[live] > pruned[live] -> confirmed[live] = pruned[live]
        :: skip
        fi;
        d_step { restart(); printf("agent    is killed and starts again\n") } }
#ifdef IMAGE
    /* an old image: any shorter journal, with any older marks */
    :: atomic { !over && !imaged && born == 0 && chain[0] != 0 ->
        imaged = 1;
        do
        :: chain[0] != 0 -> lost_by_image = lost_by_image | BIT(chain[0] & 7); chain[0] = chain[0] >> 3
        :: break
        od;
        skip;
        d_step { confirmed[0] = MIN(confirmed[0], LAST(0)); pruned[0] = MIN(pruned[0], LAST(0)) };
        if
        :: confirmed[0] > 0 -> confirmed[0]--; pruned[0] = MIN(pruned[0], confirmed[0])
        :: pruned[0] > 0 -> pruned[0] = 0
        :: skip
        fi;
        d_step { restart();
#ifndef LATE_LINES
            old_lines_die();
#endif
            printf("agent    is restored from an old image: 1..%d, confirmed %d, pruned %d\n",
                   LAST(0), confirmed[0], pruned[0]) } }
#endif
    od
}

active proctype line() {
    byte at = 0;
end:
    do
    :: atomic { !over && up.at[0] != 0 ->
        do
        :: at + 1 < UP && up.at[at + 1] != 0 -> at++
        :: break
        od;
        if
        :: d_step { central_takes(up.at[at]) }                            /* delivered, perhaps not for the last time */
        :: d_step { drop(up, UP, at); printf("line     loses a message up\n") }
        fi;
        at = 0 }
    :: atomic { !over && down.at[0] != 0 ->
        do
        :: at + 1 < DOWN && down.at[at + 1] != 0 -> at++
        :: break
        od;
        if
        :: d_step { agent_hears(down.at[at]) }
        :: d_step { drop(down, DOWN, at); printf("line     loses a receipt\n") }
        fi;
        at = 0 }
    od
}

active proctype central() {
    byte row = 0;
end:
    do
    :: d_step { !over && session -> e = 0; make_receipt(); put(down, DOWN, hold) }
#if EPOCHS > 1
    :: d_step { !over && session && born > 0 -> e = 1; make_receipt(); put(down, DOWN, hold) }
#endif
    :: d_step { !over && session -> session = 0; printf("central  is killed\n")  /* kill -9 */
#ifdef RECEIPT_BEFORE_COMMIT
        ;
        if
        :: uncommitted ->
            e = (uncommitted - 1) / ROWS; n = (uncommitted - 1) % ROWS;
            effect = effect & ~BIT(ledger[e].at[n] & 7); done = effect; ledger[e].at[n] = 0; uncommitted = 0
        :: else -> skip
        fi
#endif
        }
#ifdef BACKUP
    /* an older backup: as lines come in any order, any part of what is held may be what it holds */
    :: atomic { !over && !restored && effect != 0 ->
        restored = 1;
        session = 0;
        rolled_back = done;
        effect = 0;
        do
        :: row < EPOCHS * ROWS ->
            if
            :: ledger[row / ROWS].at[row % ROWS] != 0 ->
                ledger[row / ROWS].at[row % ROWS] = 0;
                forked[row / ROWS] = 0;                                /* what proved it is not held any more */
                gone[row / ROWS] = gone[row / ROWS] & ~BIT(row % ROWS + 1)
            :: ledger[row / ROWS].at[row % ROWS] != 0 ->
                effect = (HAS(gone[row / ROWS], row % ROWS + 1) -> effect
                          : effect | BIT(ledger[row / ROWS].at[row % ROWS] & 7))
            :: ledger[row / ROWS].at[row % ROWS] == 0 -> skip
            fi;
            row++
        :: else -> break
        od;
        row = 0;
        d_step { rolled_back = rolled_back & ~effect; done = effect;
#ifndef LATE_LINES
            old_lines_die();
#endif
            printf("central  is restored from a backup: lacks contents %d (a mask)\n", rolled_back) };
        skip }
#endif
    od
}

/* --- the line is fair from here on ---------------------------------------------------------------------------- */
/* Central answers at once what it knows a hello for. A fork makes the rest of the receipt void. */
inline answer() {
    j = 0;
    do
    :: session && j <= born -> e = j; make_receipt(); taken = hold; agent_hears(taken); j++
    :: else -> break
    od;
    skip
}

inline fair_step() {
    if
    :: up.at[0] != 0 -> taken = up.at[0]; drop(up, UP, 0); central_takes(taken); answer()
    :: else ->
        if
        :: down.at[0] != 0 -> taken = down.at[0]; drop(down, DOWN, 0); agent_hears(taken)
        :: else ->
            if
            :: MAY_SEND -> send()
            :: else ->
                if
                :: PENDING(0) -> reissue(0)
                :: else ->
#ifndef NO_HELLO_WITHOUT_PROGRESS
                    idle = (out == 0 && mode >= FLOWING && mode != ASKING -> idle + 1 : idle);
#else
                    idle = (mode == DUE -> idle : 3);
#endif
#ifdef NO_IDLE_HELLO
                    idle = (idle == 1 -> 3 : idle);
#endif
                    if
                    :: idle < 3 -> say_hello()
                    :: else -> skip
                    fi
                fi
            fi
        fi
    fi
}

/* Contents that the journal still holds into `m`, those that central knows to be gone into `c`. */
inline retained() {
    m = 0;
    c = 0;
    e = 0;
    do
    :: e < EPOCHS ->
        n = pruned[e] + 1;
        do
        :: n <= LAST(e) -> m = m | BIT(CONTENT(chain[e], n)); n++
        :: else -> break
        od;
        n = 0;
        do
        :: n < ROWS -> c = (HAS(gone[e], n + 1) -> c | BIT(ledger[e].at[n] & 7) : c); n++
        :: else -> break
        od;
        e++
    :: else -> break
    od;
    skip
}

inline check_arrival() {
    retained();
    /* Excused: what the old image lacks; what was committed, freed, and then lost by central's backup. */
    /* (c) everything accepted arrives, (e) after a fork too */
    assert(((1 << made) - 1 & ~(effect | lost_by_image | c | (rolled_back & ~m))) == 0);
    /* (c) what central rejects is kept for people */
    assert((BAD & ((1 << made) - 1) & ~(quarantine | lost_by_image)) == 0);
    /* (c) the agent learns that everything has arrived */
    assert(confirmed[live] == LAST(live) && !PENDING(0))
}

/* One run on from every state that can be reached, within one transition: its states are not stored. */
active proctype fair() {
end:
    do
    :: d_step { !over ->
        printf("         from here on the line is fair\n");
        steps = 0;
        idle = 0;
        do
        :: steps < FAIR_STEPS && idle < 3 -> fair_step(); steps++
        :: else -> break
        od;
        check_arrival();
        over = 1;
        e = 0;
        do
        :: e < EPOCHS ->
            chain[e] = 0; confirmed[e] = 0; pruned[e] = 0; moved[e] = 0; gone[e] = 0; forked[e] = 0;
            n = 0;
            do
            :: n < ROWS -> ledger[e].at[n] = 0; n++
            :: else -> break
            od;
            e++
        :: else -> break
        od;
        outdate(); live = 0; born = 0; made = 0; quarantine = 0; mode = 0; next = 0; out = 0; also = 0; wanted = 0;
        effect = 0; done = 0; imaged = 0; restored = 0; told = 0; rolled_back = 0;
        lost_by_image = 0; burst = 0; session = 0;
        up.at[0] = 0; down.at[0] = 0;
        i = 0;
        do
        :: i < UP -> up.at[i] = 0; i++
        :: else -> break
        od;
        skip }
    od
}

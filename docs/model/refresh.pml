/*
 * The refresh protocol of one session, for the checker Spin. README.md says what it covers.
 *
 * Each atomic block is one SQL statement, or the transaction of a change of password, with what
 * follows from it in the same place. A token is its generation: each is made once, which is checked.
 * Nothing measures time: `ended` is the newest generation whose window has ended, and a window ends
 * whenever it may.
 *
 * With HONEST, answers arrive in the order in which they were decided, and clients retry within the
 * window: then nobody honest is logged out. Without, answers overtake each other and windows end at
 * any time: even then nobody gets what they must not.
 *
 * A name in capitals that is no number makes the protocol wrong, or an assumption fail.
 */

#ifndef TABS
#define TABS 2
#endif
#ifndef SERVERS
#define SERVERS 2
#endif
#ifndef REQUESTS
#define REQUESTS 2 /* of each tab, and of the thief */
#endif

#ifdef HONEST
#define LAST_CLIENT (TABS - 1)
#else
#define LAST_CLIENT TABS /* the thief */
#endif
#define THIEF TABS
#define CHANGER (TABS + 1)
#define NOTHING 255

/* The first token of a row is not: its window begins with the first rotation. */
#define is_fresh(generation) ((generation) > ended && (generation) != renewed)

mtype = { ISSUED, RENEWED, REUSED, OVER };

/*
 * The row. A change of password ends it and goes on in another: `renewed` is the first token of that
 * one, and 0 is none yet. Whatever is older names the row that has ended. Tokens are numbered on.
 */
byte current, renewed;
bool is_live = true;
byte ended;
bool is_just_renewed;

/* What has happened, for the assertions. */
byte made; /* a bit for each generation */
bool is_logged_out;

/* The cookie jar and the thief's copy of it; requests and answers on their way. */
byte held[2];
byte number[TABS + 1]; /* of the request that each client waits for: older ones are given up */
byte worked_on[SERVERS] = NOTHING; /* the honest token that a server has not decided about */
chan ask[SERVERS] = [0] of { byte, byte, byte, bool, bool };
byte is_busy[SERVERS];
byte busy;
chan told = [TABS + 2] of { byte, mtype, byte };
#define place(who) ((who) == THIEF)

#ifdef HONEST
#define then_it_answers /* before anything else happens */
#else
#define then_it_answers } ; atomic {
#endif
#if defined(HONEST) && !defined(OUT_OF_ORDER)
#define hear(who) told?eval(who)
#define tell told!
#else
#define hear(who) told??eval(who)
#define tell told!! /* sorted, so that the order is no state */
#endif
#if defined(HONEST) && !defined(IMPATIENT)
#define is_up_to_date(token) ((token) == NOTHING || (token) == current)
#define may_end (is_up_to_date(held[0]) && is_up_to_date(worked_on[0]) && \
                 is_up_to_date(worked_on[1]) && is_up_to_date(worked_on[SERVERS - 1]))
#else
#define may_end true
#endif
#ifdef CLAIM_IN_TWO_STEPS
#define then_it_writes } ; atomic {
#else
#define then_it_writes
#endif

/* Rotated away, and not just now. */
#define is_stale(token) ((token) < current && (!is_fresh(current) || (token) + 1 < current))

inline make(generation) {
	assert(!is_logged_out);                /* after a logout nothing is made, */
	assert(!(made & (1 << (generation)))); /* and no generation twice */
	made = made | (1 << (generation));
	current = generation
}

inline answer(kind, with) {
	/* A token that was rotated away gets nothing, and behind the window it ends the session. */
	assert(!was_stale || kind == REUSED || kind == OVER || (kind == RENEWED && renewed));
	/* What was issued before the password was changed leads to nothing issued since. */
	assert(kind != ISSUED || presented >= renewed || with < renewed);
	/* After a logout nothing is issued. */
	assert(!was_late || kind == OVER || kind == RENEWED);
	if
	:: number[who] == n -> tell who, kind, with
	:: else /* nobody waits for it any more */
	fi;
	forget()
}

inline forget() {
	worked_on[me] = NOTHING;
	is_busy[me] = false;
	busy--;
	who = 0; n = 0; presented = 0; row = 0; row_renewed = 0;
	row_is_live = false; is_mine = false; was_stale = false; was_late = false
}

/* A server, or one request of a server: they share nothing but the row. */
proctype server(byte me) {
	byte who, n, presented, row, row_renewed;
	bool row_is_live, is_mine, was_stale, was_late;
end:
	do
	:: atomic {
		ask[me]?who, n, presented, was_stale, was_late;
		if
		:: who != THIEF -> worked_on[me] = presented
		:: else
		fi
	}
again:
	if
	:: atomic { forget(); goto end } /* it is killed, or its database is away */
	:: atomic { /* Statements.claim */
#ifdef LOGOUT_IS_FORGOTTEN
		is_mine = presented == current && !is_fresh(current);
#else
		is_mine = presented == current && !is_fresh(current) && is_live;
#endif
		then_it_writes
		if
		:: is_mine ->
			make(presented + 1);
			answer(ISSUED, current);
			goto end
		:: else
		fi
	}
	fi;
	atomic { /* Statements.session_with_user */
		row = current;
		row_renewed = renewed;
		row_is_live = is_live;
		then_it_answers
		if
#ifndef A_NEW_PASSWORD_CHANGES_NOTHING
#ifdef THE_COOKIE_GOES_AT_ONCE
		:: presented < row_renewed ->
			answer(OVER, NOTHING);
			goto end
#else
		:: presented < row_renewed && is_just_renewed ->
			answer(RENEWED, NOTHING); /* over as well, but the cookie is left alone */
			goto end
		:: presented < row_renewed && !is_just_renewed ->
			answer(OVER, NOTHING);
			goto end
#endif
		:: presented >= row_renewed && !row_is_live ->
#else
		:: !row_is_live ->
#endif
			answer(OVER, NOTHING);
			goto end
		:: row_is_live && presented == row && is_fresh(row) ->
			answer(ISSUED, row);
			goto end
		:: row_is_live && presented == row && !is_fresh(row) ->
			goto again /* the window ended between the two looks */
#ifdef A_NEW_PASSWORD_CHANGES_NOTHING
		:: row_is_live && presented < row ->
#else
		:: row_is_live && presented < row && presented >= row_renewed ->
#endif
			if
#ifdef GRANDPARENTS_ARE_GOOD
			:: is_fresh(row) ->
#elif defined(THE_WINDOW_IS_FOR_EVER)
			:: presented + 1 == row ->
#elif defined(A_NEW_PASSWORD_CHANGES_NOTHING)
			:: presented + 1 == row && (is_fresh(row) || row == row_renewed) ->
#else
			:: is_fresh(row) && presented + 1 == row ->
#endif
				answer(ISSUED, row);
				goto end
			:: else
			fi
		fi
	}
	atomic { /* Rotation.end */
		if
		:: row_renewed == renewed -> is_live = false
		:: else /* the row has ended meanwhile, and this is not the one that goes on */
		fi;
		answer(REUSED, NOTHING)
	}
	od
}

/* A tab, or the thief. It may give up at any time and ask again with what is there by then. */
proctype client(byte me) {
	byte with, asked, at;
	mtype kind;
	if
	:: me == THIEF ->
end_without_theft:
		atomic { held[0] != NOTHING; held[1] = held[0] }
	:: else
	fi;
end:
	do
	:: atomic { /* servers are alike: the first that is free */
			asked < REQUESTS && held[place(me)] != NOTHING && busy < SERVERS ->
			busy++;
			do
			:: is_busy[at] -> at++
			:: else -> break
			od;
			is_busy[at] = true;
			asked++;
			ask[at]!me, number[me], held[place(me)], is_stale(held[place(me)]), is_logged_out
		}
		atomic {
			if
			:: hear(me), kind, with
			:: true -> /* it is lost, or comes when nobody waits any more */
				if
				:: told??[eval(me), _, _] -> told??eval(me), _, _
				:: else
				fi
			fi;
			number[me]++;
			at = 0;
			if
			:: kind == ISSUED -> held[place(me)] = with
			:: kind == REUSED || kind == OVER ->
				held[place(me)] = NOTHING;
#ifdef HONEST
				assert(is_logged_out)
			:: kind == RENEWED ->
				assert(renewed)
#endif
			:: else
			fi;
			with = 0;
			kind = 0
		}
	od
}

/* The password is changed, by a tab whose access token is still good. */
proctype change_password() {
	byte with;
	mtype kind;
end:
	atomic {
		is_live;
		make(current + 1);
		renewed = current;
		is_just_renewed = true;
		tell CHANGER, ISSUED, current
	}
	atomic { hear(CHANGER), kind, with; held[0] = with }
}

proctype logout() {
end:
	atomic { is_live; is_live = false; is_logged_out = true }
}

/* The window of the current generation ends, or that of the renewal. */
proctype time() {
end:
	do
	:: atomic { is_just_renewed && may_end -> is_just_renewed = false }
	:: atomic { is_fresh(current) && may_end -> ended = current }
	od
}

init {
	atomic {
		byte i;
		for (i : 0 .. SERVERS - 1) { run server(i) }
		for (i : 0 .. LAST_CLIENT) { run client(i) }
		run change_password();
#ifndef NOBODY_LOGS_OUT
		run logout();
#endif
		run time()
	}
}

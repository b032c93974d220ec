/* Every constant of the judgement, in one place. Method and fitting: docs/comparison.md. */
#ifndef ORIGINTLS_COMPARE_CONSTANTS_H
#define ORIGINTLS_COMPARE_CONSTANTS_H

/* Words in a shingle. Five is the width of Paracha et al., "A Deeper Look at Web Content Availability and Consistency
 * over HTTP/S" (TMA 2020). A short text has hardly a shingle that a single changing word leaves alone, so it gets
 * narrower ones. */
#define SHINGLE_WIDTH        5
#define SHINGLE_WIDTH_SHORT  2
#define SHORT_TEXT_WORDS     60
#define SHINGLE_WIDTH_SINGLE 1
#define TINY_TEXT_WORDS      12

/* Tags in a structure shingle. */
#define STRUCTURE_WIDTH 4

/* With fewer visible words than this on both sides the words of inline scripts are the text. */
#define SCRIPTED_PAGE_WORDS 20

/* The largest excess of a feature with which two pages are still one: the share of stable elements that only one side
 * has. The text's is strict once noise was measured, since what is left is no noise. */
#define TEXT_EXCESS_MAX_UNMEASURED 0.10
#define TEXT_EXCESS_MAX            0.05
/* ... and stricter where text is missing on one side and nothing stands in its place: what changes by chance is
 * replaced. Nothing: at most one element in so many. */
#define TEXT_MISSING_MAX     0.015
#define TEXT_MISSING_AGAINST 5
#define STRUCTURE_EXCESS_MAX 0.40
#define RESOURCE_EXCESS_MAX  0.60

/* A difference smaller than this needs no second fetches. */
#define TEXT_EXCESS_EVIDENT      0.01
#define STRUCTURE_EXCESS_EVIDENT 0.15
#define RESOURCE_EXCESS_EVIDENT  0.20

/* A page that calls itself something else (title, canonical address, heading) needs only this much other text. */
#define TEXT_EXCESS_RENAMED 0.005
/* ... and with that many fields changed none. */
#define RENAMED_FIELDS 2

/* Elements below which a share is taken of this many: one element of three is no third. */
#define ELEMENTS_FLOOR 8

/* Elements that come and go independently with probability q are by chance twice on one side and never on the other
 * 2q²(1-q)² of the time, and differ between fetches of one side 4q(1-q) of it: at most an eighth as often. Twice that
 * much of what was seen to vary is taken off what is held against a page. */
#define NOISE_EXPLAINS 0.25

/* Where less than this share of all elements ever seen is stable, similarity says nothing. */
#define STABLE_SHARE_MIN 0.20
/* What must then hold of the structure instead. */
#define STRUCTURE_STABLE_SHARE_MIN 0.50

/* Numbers of at least three characters, of which other ones on either side make another page of the same words. */
#define NUMBERS_EXCESS_MAX 0.50
#define NUMBERS_CHANGED    4

/* A page that varies by more than this from load to load teaches nothing about the hostname's noise. */
#define NOISE_LEARNT_MAX 0.80

/* Shorter numbers are minutes, days and small counters: they come and go. */
#define NUMBER_CHARACTERS 3

/* Below this similarity the class of a page explains a difference. */
#define CLASS_SIMILARITY_MAX 0.60
/* A page with more words than this is about something; its text is not searched for the phrases of the table. */
#define SHORT_PAGE_WORDS   250
#define LOGIN_PAGE_WORDS   80
#define CAPTCHA_PAGE_WORDS 60
/* Larger than any interstitial with its scripts. */
#define CLASSIFIED_BODY_BYTES (128u << 10)

/* How long to wait before a side that refused or failed is asked again, unless it named a longer time; doubled each
 * time. */
#define RETRY_FIRST_WAIT_S 5

#endif

/* replaces: list.h
 * fails: the reader prints
 *
 * It stores the addresses of its own process.
 */
#include <stdlib.h>
#include <string.h>

enum { MAX_NODES = 20 };

struct node {
    struct node *next;
    char word[40];
};

struct list {
    struct node *first;
    struct node *last;
    int used;
    struct node nodes[MAX_NODES];
};

/* What is stored in the segment for a node. */
static inline struct node *reference(struct list *list, struct node *node)
{
    (void)list;
    return node;
}

/* The node for what is stored; NULL at the end. */
static inline struct node *node_of(struct list *list, struct node *stored)
{
    (void)list;
    return stored;
}

static inline struct node *first(struct list *list)
{
    return node_of(list, list->first);
}

static inline struct node *after(struct list *list, struct node *node)
{
    return node_of(list, node->next);
}

/* Puts a word at the end of the list. */
static inline void put(struct list *list, const char *word)
{
    struct node *node = &list->nodes[list->used++];
    strncpy(node->word, word, sizeof node->word - 1);
    if (list->used == 1)
        list->first = reference(list, node);
    else
        node_of(list, list->last)->next = reference(list, node);
    list->last = reference(list, node);
}

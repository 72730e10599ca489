/* replaces: list.h
 * fails: the reader prints
 *
 * It stores half of an address.
 */
#include <stdlib.h>
#include <string.h>

enum { MAX_NODES = 20 };

struct node {
    int next;
    char word[40];
};

struct list {
    int first;
    int last;
    int used;
    struct node nodes[MAX_NODES];
};

/* What is stored in the segment for a node. */
static inline int reference(struct list *list, struct node *node)
{
    (void)list;
    return (int)(long)node;
}

/* The node for what is stored; NULL at the end. */
static inline struct node *node_of(struct list *list, int stored)
{
    (void)list;
    return (struct node *)(long)stored;
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

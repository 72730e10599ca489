/* A program that ends at once: what starting under a tracer costs.
 *
 * diagnoses: none
 * ends: 0
 */
int main(void)
{
    return 0;
}

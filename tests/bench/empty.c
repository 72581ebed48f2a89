/* SPDX-License-Identifier: ISC */
/* empty: what starting any program costs here. */
int main(void)
{
    return 0;
}

/* Whether the kernel executes a 32-bit system call: getpid(2) by int 0x80. */
int main(void)
{
	int ret = 20;

	__asm__ volatile("int $0x80" : "+a"(ret) : : "memory");
	return ret > 0 ? 0 : 1;
}

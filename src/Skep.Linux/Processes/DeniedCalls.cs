using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Processes;

/// <summary>
/// A filter of system calls (seccomp(2)) that refuses those by which a process changes the kernel, the clock or the mounts of the machine,
/// or another process, by EPERM. It lists what is denied and not what is allowed: what the runtime of .NET calls is not for us to know.
/// mount(2) is not among them: a BPF filesystem is mounted where there is none.
/// </summary>
internal static unsafe class DeniedCalls
{
    // linux/seccomp.h. Without SPEC_ALLOW kernels before 5.16 slow down every thread: no foreign code runs here.
    private const int SECCOMP_SET_MODE_FILTER = 1, FLAG_TSYNC = 1, FLAG_SPEC_ALLOW = 4;
    private const uint RET_ALLOW = 0x7fff0000, RET_ERRNO_EPERM = 0x00050000 | 1;

    // linux/audit.h
    private const uint AUDIT_ARCH_X86_64 = 0xc000003e, AUDIT_ARCH_AARCH64 = 0xc00000b7;

    // linux/bpf_common.h: BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ, BPF_JMP | BPF_JGE, BPF_RET
    private const ushort Load = 0x20, IfEqual = 0x15, IfAtLeast = 0x35, Return = 0x06;

    // struct seccomp_data: nr, arch, ...
    private const uint NumberAt = 0, ArchitectureAt = 4;

    // Calls of x32 have this bit and no other architecture.
    private const uint X32 = 0x40000000;

    /// <summary>Adds it, for all threads of this process and its children. They can gain no privilege by a program after that.</summary>
    /// <returns>Why the kernel did not take it.</returns>
    internal static Errno Add()
    {
        Instruction[] program = Program(Processor.This);
        fixed (Instruction* first = program)
        {
            var whole = new Whole { Length = (ushort)program.Length, First = first };
            nint result = Libc.syscall(
                Processor.This.Seccomp, SECCOMP_SET_MODE_FILTER, FLAG_TSYNC | FLAG_SPEC_ALLOW, (nint)(&whole), 0, 0);
            return new Errno(result == 0 ? 0 : Marshal.GetLastPInvokeError());
        }
    }

    private static Instruction[] Program(Processor processor)
    {
        uint[] numbers =
        [
            .. Calls.Select(call => processor.IsArm64 ? call.Arm64 : call.X86).Where(number => number >= 0).Select(number => (uint)number),
        ];
        var program = new List<Instruction>
        {
            new(Load, 0, 0, ArchitectureAt),
            new(IfEqual, 1, 0, processor.IsArm64 ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64),
            new(Return, 0, 0, RET_ERRNO_EPERM),
            new(Load, 0, 0, NumberAt),
            new(IfAtLeast, (byte)(numbers.Length + 1), 0, X32),
        };
        for (int i = 0; i < numbers.Length; i++) program.Add(new(IfEqual, (byte)(numbers.Length - i), 0, numbers[i]));
        program.Add(new(Return, 0, 0, RET_ALLOW));
        program.Add(new(Return, 0, 0, RET_ERRNO_EPERM));
        return [.. program];
    }

    // arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h; -1 where there is no such call.
    private static readonly (string Name, int X86, int Arm64)[] Calls =
    [
        ("acct", 163, 89), ("add_key", 248, 217), ("adjtimex", 159, 171), ("chroot", 161, 51), ("clock_adjtime", 305, 266),
        ("clock_settime", 227, 112), ("delete_module", 176, 106), ("finit_module", 313, 273), ("init_module", 175, 105),
        ("io_uring_setup", 425, 425), ("ioperm", 173, -1), ("iopl", 172, -1), ("kexec_file_load", 320, 294), ("kexec_load", 246, 104),
        ("keyctl", 250, 219), ("modify_ldt", 154, -1), ("mount_setattr", 442, 442), ("move_mount", 429, 429),
        ("open_by_handle_at", 304, 265), ("open_tree", 428, 428), ("pivot_root", 155, 41), ("process_vm_readv", 310, 270),
        ("process_vm_writev", 311, 271), ("ptrace", 101, 117), ("quotactl", 179, 60), ("quotactl_fd", 443, 443), ("reboot", 169, 142),
        ("request_key", 249, 218), ("setdomainname", 171, 162), ("sethostname", 170, 161), ("settimeofday", 164, 170),
        ("swapoff", 168, 225), ("swapon", 167, 224), ("umount2", 166, 39), ("userfaultfd", 323, 282), ("vhangup", 153, 58),
    ];

    // struct sock_filter and struct sock_fprog of linux/filter.h
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private struct Whole
    {
        public ushort Length;
        public Instruction* First;
    }
}

using System.Globalization;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Linux.Processes;

namespace Skep.Linux.Guests;

/// <summary>
/// A virtual machine that QEMU emulates: a kernel and its first file system, one processor, no disk and no network. It has two serial
/// ports: the kernel's console, and one that its init answers on.
/// </summary>
public sealed class GuestMachine : IDisposable
{
    private const int Kill = 9;

    /// <summary>The program that emulates it.</summary>
    public const string Emulator = "qemu-system-x86_64";

    private readonly MemoryFile _console = new("skep-console"), _answer = new("skep-answer"), _messages = new("skep-qemu");
    private readonly ChildProcess _emulator;

    private GuestMachine(KernelImage kernel, MemoryFile initramfs, string init, int megabytes, bool isEmulated)
    {
        IsEmulated = isEmulated;
        // erms, rep_good: what copies and clears memory byte by byte in one instruction is slow to emulate, and the kernel would prefer it.
        // no_timer_check: on a busy host the interval in which the kernel waits for its timer passes without one, and it panics.
        string[] processor = isEmulated ? ["-accel", "tcg,thread=multi", "-cpu", "max,-erms"]
            : ["-accel", "kvm", "-accel", "tcg", "-cpu", "max"];
        _emulator = ChildProcess.StartApart(
            Emulator,
            [
                .. processor, "-smp", "1", "-m", string.Create(CultureInfo.InvariantCulture, $"{megabytes}M"),
                "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot",
                "-kernel", kernel.Path, "-initrd", initramfs.InheritedPath,
                "-append", $"console=ttyS0 panic=-1 quiet no_timer_check clearcpuid=rep_good {init}",
                "-serial", $"file:{_console.InheritedPath}", "-serial", $"file:{_answer.InheritedPath}",
            ],
            _messages.Handle,
            initramfs.Handle, _console.Handle, _answer.Handle);
    }

    /// <summary>Whether KVM may be asked to have the processor of this machine run it.</summary>
    public static bool HasKvm => KernelFile.IsReadable("/dev/kvm") && KernelFile.IsWritable("/dev/kvm");

    /// <summary>Whether its processor is emulated; else KVM was asked.</summary>
    public bool IsEmulated { get; }

    /// <summary>Whether it ended before its kernel or its init had printed anything.</summary>
    public bool HasNotBegun => HasEnded && ConsoleLines.Count == 0 && Answer().Length == 0;

    /// <summary>The lines that the kernel has printed.</summary>
    public IReadOnlyList<string> ConsoleLines => [.. Lines(_console)];

    /// <summary>What the emulator has printed.</summary>
    public string Messages => string.Join("; ", Lines(_messages));

    /// <summary>Whether the emulator has ended.</summary>
    public bool HasEnded => _emulator.HasEnded(out _);

    /// <summary>Boots it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="initramfs">Its first file system, as an archive.</param>
    /// <param name="init">The end of the kernel's command line: what its init is, and the arguments of that.</param>
    /// <param name="megabytes">Its memory.</param>
    /// <param name="isEmulated">Whether its processor is emulated.</param>
    /// <exception cref="KernelException">The emulator does not start: <c>ENOENT</c> where there is none.</exception>
    public static GuestMachine Boot(KernelImage kernel, MemoryFile initramfs, string init, int megabytes, bool isEmulated)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(initramfs);
        return new GuestMachine(kernel, initramfs, init, megabytes, isEmulated);
    }

    /// <summary>What its init has answered.</summary>
    public byte[] Answer() => _answer.ReadFrom(0);

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _emulator.Signal(Kill);
        _emulator.Wait();
        _console.Dispose();
        _answer.Dispose();
        _messages.Dispose();
    }

    private static IEnumerable<string> Lines(MemoryFile file) =>
        Encoding.UTF8.GetString(file.ReadFrom(0)).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0);
}

using System.Diagnostics;
using System.Text;
using Skep.Linux.Files;
using Skep.Linux.Guests;
using Skep.Linux.Kernel;

namespace Skep.Debug.Compat;

/// <summary>Has kernels verify the programs of an object file, each in a virtual machine of its own.</summary>
/// <param name="initramfs">The file system of the machines.</param>
/// <param name="init">The end of the kernel's command line.</param>
/// <param name="request">What is to be verified.</param>
public sealed class CompatRun(MemoryFile initramfs, string init, CompatRequest request)
{
    // The log of a large program takes hundreds of megabytes.
    private const int Megabytes = 1024, MostAtOnce = 4;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <summary>Makes the file system of the machines.</summary>
    /// <param name="skep">The path of this program.</param>
    /// <param name="request">What is to be verified.</param>
    /// <exception cref="InvalidDataException">The program cannot run elsewhere.</exception>
    public static CompatRun Prepare(string skep, CompatRequest request)
    {
        IReadOnlyDictionary<string, byte[]> libraries = SharedLibraries.Of(skep);
        var files = new MemoryFile("skep-initramfs");
        CompatGuest.WriteFiles(
            new CpioArchive(files.Write), KernelFile.Bytes(skep).Value ?? [], libraries, request);
        return new CompatRun(files, CompatGuest.CommandLine(libraries.Keys), request);
    }

    /// <summary>Boots the kernels, some at a time, and gives what each made of the programs, in their order.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="timeout">The time that each has.</param>
    /// <param name="stopped">Ends it: what has not come by then does not come.</param>
    public IEnumerable<KernelVerdict> Run(IReadOnlyList<KernelImage> kernels, TimeSpan timeout, CancellationToken stopped)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        var machines = new Queue<Booted>();
        try
        {
            for (int next = 0; next < kernels.Count || machines.Count > 0;)
            {
                while (next < kernels.Count && machines.Count(machine => machine.Verdict is null) < AtOnce)
                    machines.Enqueue(Start(kernels[next++], timeout));
                foreach (Booted machine in machines) machine.Look();

                // A signal of the terminal ends the machines too: that is no answer of theirs.
                if (stopped.IsCancellationRequested) yield break;
                while (machines.TryPeek(out Booted? first) && first.Verdict is { } verdict)
                {
                    machines.Dequeue().Dispose();
                    yield return verdict;
                }

                if (stopped.WaitHandle.WaitOne(Glance)) yield break;
            }
        }
        finally
        {
            foreach (Booted machine in machines) machine.Dispose();
        }
    }

    // An emulated processor takes one of this machine's.
    private static int AtOnce => Math.Min(Environment.ProcessorCount, MostAtOnce);

    private Booted Start(KernelImage kernel, TimeSpan timeout)
    {
        MemoryFile? own = kernel.Configuration is { } path ? WithConfiguration(path, kernel.Release) : null;
        return new Booted(
            kernel, own, isEmulated => GuestMachine.Boot(kernel, own ?? initramfs, init, Megabytes, isEmulated), request, timeout);
    }

    // libbpf looks there for what programs declare in .kconfig.
    private MemoryFile WithConfiguration(string path, string release)
    {
        var files = new MemoryFile("skep-initramfs");
        files.Write(initramfs.ReadFrom(0));
        var more = new CpioArchive(files.Write);
        more.AddFile($"boot/config-{release}", InputFile.ReadBytes(path, InputLimit.Kernel), CompatGuest.Readable);
        more.End();
        return files;
    }

    private sealed class Booted(
        KernelImage kernel, MemoryFile? files, Func<bool, GuestMachine> boot, CompatRequest request, TimeSpan timeout) : IDisposable
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private GuestMachine _machine = boot(!GuestMachine.HasKvm);
        private int _seen;

        public KernelVerdict? Verdict { get; private set; }

        public void Look()
        {
            if (Verdict is not null) return;

            // In this order: what it answered before its end is there.
            bool hasEnded = _machine.HasEnded, isLate = _clock.Elapsed > timeout;
            byte[] bytes = _machine.Answer();
            if (!hasEnded && !isLate && bytes.Length == _seen) return;
            _seen = bytes.Length;
            GuestAnswer answer = GuestAnswer.Parse(Encoding.UTF8.GetString(bytes));
            if (!hasEnded && !isLate && !answer.IsComplete) return;
            if (!_machine.IsEmulated && _machine.HasNotBegun)
            {
                // KVM may be there and yet refuse what QEMU asks of it: a processor within a virtual machine.
                _machine.Dispose();
                _machine = boot(true);
                _clock.Restart();
                return;
            }

            Verdict = KernelVerdict.Of(kernel, _machine, answer, request.Programs, isLate && !hasEnded ? timeout : null);
            Dispose();
        }

        public void Dispose()
        {
            _machine.Dispose();
            files?.Dispose();
        }
    }
}

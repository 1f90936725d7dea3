using System.Runtime.InteropServices;
using Skep.Linux.Kernel;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.Tables;

/// <summary>
/// Waits for packets that may have seen an image without the last edit: none is decided with the next one and without that. Where the last
/// one seems recent, the wait begins beside what else a command does.
/// </summary>
internal sealed class EarlierPackets
{
    // Nanoseconds in which every packet has left the program: the kernel reports a CPU that stays in one for longer as locked up.
    private const long Recent = 20_000_000_000;

    private readonly long _since = Clocks.BootNanoseconds();
    private readonly Thread? _waiting;
    private bool _haveLeft;

    /// <param name="maySeeEdit">Whether packets may be in the program that came in before the last edit, as far as is known yet.</param>
    internal EarlierPackets(bool maySeeEdit)
    {
        if (!maySeeEdit || !IsOrdered) return;
        _waiting = new(() => _haveLeft = KernelReaders.TryWait()) { IsBackground = true };
        _waiting.Start();
    }

    // Others load out of order: there packets may see a record's number before what was written of it earlier.
    private static bool IsOrdered => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Whether a time of the wall clock is so recent that packets may be in the program which came in before it.</summary>
    internal static bool IsRecent(DateTime time) => (DateTime.UtcNow - time).Duration() < TimeSpan.FromTicks(Recent / 100);

    /// <summary>
    /// Waits until packets have left that came in before the last edit was done, and on some processors all that may see what is written
    /// now.
    /// </summary>
    /// <param name="lastDone">When it was done, by CLOCK_BOOTTIME in nanoseconds; 0 for never.</param>
    /// <returns>False when the kernel does not report that.</returns>
    internal bool TryWait(long lastDone)
    {
        if (IsOrdered && Clocks.BootNanoseconds() - lastDone > Recent) return true;
        if (_waiting is null || lastDone >= _since) return KernelReaders.TryWait();
        _waiting.Join();
        return _haveLeft || KernelReaders.TryWait();
    }
}

using System.Diagnostics;
using Skep.Bpf;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Devices;

/// <summary>Waits for network devices: at boot, a driver may bring one later than rules are applied.</summary>
public static class DeviceWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until all are there.</summary>
    /// <param name="names">Their names, or alternative names.</param>
    /// <param name="netns">Their network namespace by name, process id or path; empty for the process's own.</param>
    /// <param name="most">How long at most.</param>
    /// <exception cref="IOException">One is not there in time.</exception>
    public static void For(IReadOnlyCollection<string> names, string netns, TimeSpan most)
    {
        long begun = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] missing = NetworkNamespace.RunIn(netns, () => names.Where(name => !XdpDevice.Exists(name)).ToArray());
            if (missing.Length == 0) return;
            if (Stopwatch.GetElapsedTime(begun) >= most)
            {
                throw new IOException(
                    $"waiting for {string.Join(", ", missing)}: not there after {most.TotalSeconds:0.###} s "
                    + "(ip link shows the devices of this network namespace)");
            }

            Thread.Sleep(Pause);
        }
    }
}

using Skep.Watch.Events;

namespace Skep.Agent.Tests.Support;

/// <summary>Events as a watch gives them.</summary>
internal static class Events
{
    public const long Start = 1_800_000_000_000_000_000;

    public static ProcessIdentity Process(string comm = "loader", uint pid = 7, string? unit = null) =>
        new(pid, pid, 1, 0, comm, $"/usr/bin/{comm}", "/", unit, null, null);

    public static BpfEvent Of(string command, long timeNs = Start, string comm = "loader", string? unit = null, string? error = null)
        => new()
        {
            TimeNs = timeNs,
            Syscall = "bpf",
            Command = command,
            Process = Process(comm, unit: unit),
            Backend = 3,
            Return = 0,
            Error = error,
        };

    /// <summary>A load of so many instructions that return a number.</summary>
    public static BpfEvent Load(uint id, string name, byte result, long timeNs = Start, string comm = "loader", string? error = null)
    {
        byte[] code = [0xb7, 0, 0, 0, result, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];
        return Of("prog_load", timeNs, comm, error: error) with
        {
            Program = new ProgramDetails
            {
                Id = error is null ? id : null,
                Type = "xdp",
                Name = name,
                Tag = $"{result:x16}",
                MapIds = [3, 4],
                Code = new CodeDetails { Bytes = code, Count = 2, Quality = CaptureQuality.Proven, IsWhole = true },
            },
        };
    }
}

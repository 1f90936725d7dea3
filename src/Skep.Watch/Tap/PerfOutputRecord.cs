using System.Runtime.InteropServices;
using Skep.Watch.Capture;

namespace Skep.Watch.Tap;

/// <summary>What a <see cref="PerfOutputRecord"/> tells of.</summary>
internal enum PerfOutputKind : uint
{
    /// <summary>A slot of the map holds the event.</summary>
    Slot = 1,

    /// <summary>A process holds the event by a descriptor.</summary>
    Descriptor = 2,
}

/// <summary><c>struct skep_perf_output</c> of bpf/include/skep_perf_output.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfOutputRecord
{
    public ulong Event;
    public ulong SampleType;
    public PerfOutputKind Kind;
    public uint Slot;
    public uint Pid;
    public uint Fd;
    public uint Pages;
    public uint Overwrite;
    public Bytes16 Comm;
}

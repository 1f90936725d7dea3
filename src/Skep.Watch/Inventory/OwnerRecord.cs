using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Watch.Capture;

namespace Skep.Watch.Inventory;

/// <summary><c>struct skep_owner</c> of bpf/include/skep_owner.h: a descriptor of a process that stands for a BPF object.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OwnerRecord
{
    public uint KindNumber;
    public uint Id;
    public uint ProgramId;
    public uint Pid;
    public uint Fd;
    public uint PerfType;
    public ulong PerfConfig;
    public CommName Comm;

    public readonly ObjectKind Kind => (ObjectKind)KindNumber;

    [InlineArray(Length)]
    internal struct CommName
    {
        private const int Length = 16;

        private byte _first;

        public override readonly string ToString()
        {
            ReadOnlySpan<byte> bytes = this;
            int end = bytes.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        }
    }
}

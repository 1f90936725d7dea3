using System.Runtime.InteropServices;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Passes;

/// <summary><c>struct skep_object</c>: an object of one of the kernel's own lists.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ObjectRecord
{
    public uint Kind;
    public uint Id;
    public uint Type;
    public uint Extra;
    public uint Netns;
    public uint BtfId;
    public Bytes8 Tag;
    public Bytes16 Name;

    public readonly ObjectKind ObjectKind => (ObjectKind)Kind;
}

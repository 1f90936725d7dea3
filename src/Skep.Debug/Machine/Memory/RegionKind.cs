namespace Skep.Debug.Machine.Memory;

/// <summary>What a region of the machine's memory is.</summary>
public enum RegionKind
{
    /// <summary>No region: the number is no address.</summary>
    None,

    /// <summary>The stack of one call frame.</summary>
    Stack,

    /// <summary>The context, by the layout that programs are written for.</summary>
    Context,

    /// <summary>The packet, with its metadata.</summary>
    Packet,

    /// <summary>The values of a map.</summary>
    MapValue,

    /// <summary>The keys of a hash, which callbacks are given.</summary>
    MapKey,

    /// <summary>A map, as calls are given it.</summary>
    Map,

    /// <summary>A function of the program.</summary>
    Function,

    /// <summary>A record of a ring buffer that is not submitted yet.</summary>
    Record,

    /// <summary>An object that a program made.</summary>
    Object,

    /// <summary>Memory of the machine that a call gave.</summary>
    Scratch,
}

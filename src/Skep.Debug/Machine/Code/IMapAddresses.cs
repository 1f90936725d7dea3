using Skep.Debug.Machine.Image;

namespace Skep.Debug.Machine.Code;

/// <summary>Where maps are in a machine's memory.</summary>
internal interface IMapAddresses
{
    /// <summary>The address that stands for a map.</summary>
    ulong Handle(MapDefinition map);

    /// <summary>The address of an offset in a map's first value; null where values have no fixed address.</summary>
    ulong? Value(MapDefinition map, int offset);
}

namespace Skep.Debug.Machine.Memory;

/// <summary>A region whose loads and stores are not those of plain bytes.</summary>
internal abstract class SpecialAccess
{
    /// <param name="offset">Bytes from the region's start; not checked.</param>
    /// <param name="size">1, 2, 4 or 8.</param>
    /// <exception cref="MachineStopException">There is nothing to read.</exception>
    public abstract ulong Load(long offset, int size);

    /// <exception cref="MachineStopException">There is nothing that may be written.</exception>
    public abstract void Store(long offset, int size, ulong value);
}

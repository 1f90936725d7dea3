namespace Skep.Filter.Runtime.State;

/// <summary>The names of the pins of a change.</summary>
internal static class DispatcherPins
{
    internal const string Until = "gate-until", Ways = "gate-ways", Record = "gate-record";

    // Programs of others that the change replaces, so that they can come back: a device may have been their last holder.
    internal const string Foreign = "gate-foreign-";

    /// <summary>Removes the pins of the dispatcher.</summary>
    internal static void Remove(TableStore store)
    {
        File.Delete(store.PathOf(Until));
        File.Delete(store.PathOf(Ways));
        foreach (var pin in store.PinsNamed(Foreign)) File.Delete(pin);
    }
}

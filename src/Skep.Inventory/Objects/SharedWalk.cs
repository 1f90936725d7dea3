namespace Skep.Inventory.Objects;

/// <summary>A list whose items are read by the thread that wants them and by others that have time to help.</summary>
/// <typeparam name="T">An item.</typeparam>
/// <param name="ids">What is to be read, in the list's order.</param>
/// <param name="read">Reads one, on any thread; null leaves it out.</param>
internal sealed class SharedWalk<T>(uint[] ids, Func<uint, T?> read) where T : struct
{
    private const int Share = 16;

    private readonly T?[] _items = new T?[ids.Length];
    private readonly TaskCompletionSource _allRead = new();
    private int _taken;
    private int _read;

    /// <summary>Reads what no other thread has taken. What goes wrong here is reported by <see cref="Complete"/>.</summary>
    public void Help()
    {
        try
        {
            if (ids.Length == 0) _allRead.TrySetResult();
            int first;
            while ((first = Interlocked.Add(ref _taken, Share) - Share) < ids.Length)
            {
                int end = Math.Min(first + Share, ids.Length);
                for (int i = first; i < end; i++) _items[i] = read(ids[i]);
                if (Interlocked.Add(ref _read, end - first) == ids.Length) _allRead.TrySetResult();
            }
        }
        catch (Exception e)
        {
            _allRead.TrySetException(e);
        }
    }

    /// <summary>Reads the rest, and waits for what others read.</summary>
    public IEnumerable<T> Complete()
    {
        Help();
        _allRead.Task.GetAwaiter().GetResult();
        foreach (T? item in _items)
            if (item is { } one) yield return one;
    }
}

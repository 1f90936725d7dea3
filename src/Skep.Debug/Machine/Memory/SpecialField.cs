namespace Skep.Debug.Machine.Memory;

/// <summary>What a field is that only calls change (<c>enum btf_field_type</c> of include/linux/bpf.h).</summary>
public enum SpecialFieldKind
{
    /// <summary>A lock.</summary>
    Lock,

    /// <summary><c>struct bpf_timer</c>.</summary>
    Timer,

    /// <summary>Work that runs later: <c>bpf_wq</c>, <c>bpf_task_work</c>.</summary>
    Work,

    /// <summary>A pointer to an object that it owns: <c>__kptr</c>, <c>__percpu_kptr</c>.</summary>
    Pointer,

    /// <summary>A pointer that owns nothing: <c>__kptr_untrusted</c>, <c>__uptr</c>.</summary>
    PlainPointer,

    /// <summary><c>struct bpf_list_head</c>.</summary>
    ListHead,

    /// <summary><c>struct bpf_list_node</c>.</summary>
    ListNode,

    /// <summary><c>struct bpf_rb_root</c>.</summary>
    TreeRoot,

    /// <summary><c>struct bpf_rb_node</c>.</summary>
    TreeNode,

    /// <summary><c>struct bpf_refcount</c>.</summary>
    Count,
}

/// <summary>A field that only calls change.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Bytes from the start of the value.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct SpecialField(SpecialFieldKind Kind, int Offset, int Size)
{
    /// <summary>Makes such fields zeros, as user space is given them.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="value">The value that they are in.</param>
    public static void Hide(IReadOnlyList<SpecialField> fields, Span<byte> value)
    {
        ArgumentNullException.ThrowIfNull(fields);
        foreach (SpecialField field in fields)
            if (field.Offset + field.Size <= value.Length) value.Slice(field.Offset, field.Size).Clear();
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skep.Watch.Tests.Support;

/// <summary>Where a field lies in its structure, found by filling it. Inline arrays cannot be asked by <see cref="Marshal"/>.</summary>
internal readonly record struct FieldPlace(string Name, int Offset, int Size)
{
    public static int SizeOf(Type type) => (int)Call(nameof(SizeOfType), type)!;

    public static List<FieldPlace> Of(Type type)
    {
        var places = new List<FieldPlace>();
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            object instance = RuntimeHelpers.GetUninitializedObject(type);
            field.SetValue(instance, Call(nameof(AllOnes), field.FieldType));
            var bytes = (byte[])Call(nameof(Bytes), type, instance)!;
            places.Add(new FieldPlace(field.Name, Array.IndexOf(bytes, (byte)0xff), bytes.Count(b => b == 0xff)));
        }

        return places;
    }

    private static object? Call(string method, Type type, params object[] arguments) =>
        typeof(FieldPlace).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type).Invoke(null, arguments);

    private static int SizeOfType<T>() => Unsafe.SizeOf<T>();

    private static T AllOnes<T>() where T : struct
    {
        T value = default;
        MemoryMarshal.AsBytes(new Span<T>(ref value)).Fill(0xff);
        return value;
    }

    private static byte[] Bytes<T>(object box) where T : struct =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in Unsafe.Unbox<T>(box))).ToArray();
}

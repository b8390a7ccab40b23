#pragma once

#include <hdf5.h>
#include <stdint.h>

// Types, property classes and the versions of the format are macros that open the library and read a
// variable. These functions are necessary because Swift imports no macro that is an expression.

static inline hid_t gph5_type_i8(void) { return H5T_STD_I8LE; }
static inline hid_t gph5_type_i16(void) { return H5T_STD_I16LE; }
static inline hid_t gph5_type_i32(void) { return H5T_STD_I32LE; }
static inline hid_t gph5_type_i64(void) { return H5T_STD_I64LE; }
static inline hid_t gph5_type_u8(void) { return H5T_STD_U8LE; }
static inline hid_t gph5_type_u16(void) { return H5T_STD_U16LE; }
static inline hid_t gph5_type_u32(void) { return H5T_STD_U32LE; }
static inline hid_t gph5_type_u64(void) { return H5T_STD_U64LE; }
static inline hid_t gph5_type_f32(void) { return H5T_IEEE_F32LE; }
static inline hid_t gph5_type_f64(void) { return H5T_IEEE_F64LE; }
static inline hid_t gph5_type_text(void) { return H5T_C_S1; }
static inline size_t gph5_variable_length(void) { return H5T_VARIABLE; }

static inline hid_t gph5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t gph5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t gph5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t gph5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t gph5_link_creation(void) { return H5P_LINK_CREATE; }
static inline hid_t gph5_dataset_access(void) { return H5P_DATASET_ACCESS; }

static inline hid_t gph5_default(void) { return H5P_DEFAULT; }
static inline hid_t gph5_all(void) { return H5S_ALL; }
static inline hid_t gph5_error_stack(void) { return H5E_DEFAULT; }
static inline unsigned gph5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned gph5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned gph5_ordered(void) { return H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED; }
static inline hsize_t gph5_unlimited(void) { return H5S_UNLIMITED; }

// Versions 1.12 and later know two forms of the questions about links and objects and choose by a
// macro, which Swift does not see. The first form is in every version; these functions are necessary to
// hide how it is called.

/// Told the name and the `H5L_type_t` of each link; what is not 0 ends the walk.
typedef int (*gph5_link_visitor)(void *context, const char *name, int type);

typedef struct {
  gph5_link_visitor visitor;
  void *context;
} gph5_link_walk;

#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info1_t gph5_link_info;
typedef H5O_info1_t gph5_object_info;
#define GPH5_ITERATE H5Literate1
#else
typedef H5L_info_t gph5_link_info;
typedef H5O_info_t gph5_object_info;
#define GPH5_ITERATE H5Literate
#endif

static inline herr_t gph5_visit_link(
    hid_t group, const char *name, const gph5_link_info *info, void *data) {
  (void)group;
  gph5_link_walk *walk = data;
  return walk->visitor(walk->context, name, (int)info->type);
}

/// Walks over the links of a group, by creation or by name; follows none.
static inline int gph5_each_link(
    hid_t group, int by_creation, gph5_link_visitor visitor, void *context) {
  gph5_link_walk walk = {visitor, context};
  return GPH5_ITERATE(
      group, by_creation ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, NULL, gph5_visit_link,
      &walk);
}

/// The address and `H5O_type_t` of what a hard link leads to.
static inline int gph5_object(hid_t group, const char *name, uint64_t *address, int *type) {
  gph5_object_info info;
#if H5_VERSION_GE(1, 10, 3)
  herr_t status = H5Oget_info_by_name2(group, name, &info, H5O_INFO_BASIC, H5P_DEFAULT);
#else
  herr_t status = H5Oget_info_by_name(group, name, &info, H5P_DEFAULT);
#endif
  *address = info.addr;
  *type = (int)info.type;
  return status;
}

/// The number of bytes of the value of a soft link, its end included; negative on failure.
static inline int64_t gph5_link_value_byte_count(hid_t group, const char *name) {
  gph5_link_info info;
#if H5_VERSION_GE(1, 12, 0)
  herr_t status = H5Lget_info1(group, name, &info, H5P_DEFAULT);
#else
  herr_t status = H5Lget_info(group, name, &info, H5P_DEFAULT);
#endif
  return status < 0 ? -1 : (int64_t)info.u.val_size;
}
